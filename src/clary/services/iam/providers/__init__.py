"""Identity providers: whose tokens (OpenID Connect) and assertions (SAML) roles may trust."""
