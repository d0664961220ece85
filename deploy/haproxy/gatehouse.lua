-- Asks Gatehouse whether a request may pass: "http-request lua.gatehouse URL" in haproxy.cfg.
-- If so, the variable txn.gatehouse becomes "passed" and the five Remote-* headers say who it is. If not, the client gets
-- Gatehouse's answer. If nobody knows, nothing is set, and the next line of haproxy.cfg answers 503.

-- These belong to one connection or to the body, which Gatehouse is not sent.
local not_asked = {
  ["connection"] = true, ["keep-alive"] = true, ["upgrade"] = true, ["te"] = true, ["trailer"] = true, ["expect"] = true,
  ["content-length"] = true, ["transfer-encoding"] = true, ["proxy-connection"] = true,
}

local told = { "remote-user", "remote-email", "remote-id", "remote-name", "remote-groups" }

core.register_action("gatehouse", { "http-req" }, function(txn, url)
  txn:set_var("txn.gatehouse", "unknown")
  local headers = {}
  for name, values in pairs(txn.http:req_get_headers()) do
    if not not_asked[name] then
      headers[name] = values
    end
  end

  -- Longer than db-timeout. HAProxy tries four times, so after 16 seconds of silence it is 503.
  local answer = core.httpclient():get { url = url, headers = headers, timeout = 4000 }
  if answer.status == 200 then
    for _, name in ipairs(told) do
      txn.http:req_set_header(name, answer.headers[name] and answer.headers[name][0] or "")
    end
    txn.http:req_del_header("x-forwarded-uri")
    txn:set_var("txn.gatehouse", "passed")
  elseif answer.status == 302 or answer.status == 401 or answer.status == 403 then
    local reply = txn:reply { status = answer.status, body = answer.body }
    for _, name in ipairs({ "location", "content-type", "cache-control" }) do
      if answer.headers[name] then
        reply:add_header(name, answer.headers[name][0])
      end
    end
    txn:done(reply)
  end
end, 1)
