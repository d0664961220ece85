FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -tags nomsgpack -ldflags="-s -w" -o /out/gatehouse . \
    && mkdir -p -m 0700 /out/owned/data /out/owned/secrets

# No shell and no package manager: the image holds the program, the root certificates and two folders it may write.
FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/gatehouse /gatehouse
# A new named volume takes its owner from the folder of the image that it covers.
COPY --from=build --chown=65532:65532 /out/owned/ /
USER 65532:65532
ENV GATEHOUSE_LISTEN=0.0.0.0:3000 GATEHOUSE_DATA_DIR=/data
EXPOSE 3000
VOLUME /data
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["/gatehouse", "health"]
ENTRYPOINT ["/gatehouse"]
