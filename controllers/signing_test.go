package controllers

import (
	"context"

	"gatehouse/config"
	"gatehouse/models/token"
)

// serverSecret seals the signing keys of every site.
const serverSecret = "the secret of the server that is tested here"

// issuer signs tokens as the settings say, with keys from the database.
func (s *site) issuer(cfg config.Config) (*token.Issuer, *token.Keys) {
	s.t.Helper()
	names := token.Names{Issuer: cfg.TokenIssuer(), Audience: cfg.TokenAudience()}
	if cfg.HS256() {
		return token.NewHS256(names, []byte(cfg.JWTSecret), cfg.RefreshTTL), nil
	}
	rules := token.Rules{Lifetime: cfg.KeyLifetime, TokenLife: cfg.RefreshTTL, Keep: cfg.FamilyLifetime + cfg.RefreshTTL}
	var err error
	if s.keys, err = token.OpenKeys(context.Background(), s.conn.DB, [][]byte{[]byte(serverSecret)}, rules, s.time()); err != nil {
		s.t.Fatal(err)
	}
	if err := s.keys.Begin(context.Background(), s.time()); err != nil {
		s.t.Fatal(err)
	}
	return token.NewES256(names, s.keys), s.keys
}
