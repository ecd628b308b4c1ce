//! SASL/OAUTHBEARER.

use crate::keys::Bounds::{Any, Between, OneOfIgnoringCase, Texts};
use crate::keys::Effect::{JvmOnly, NotYet};
use crate::keys::Fallback::{Absent, Is};
use crate::keys::Importance::{Low, Medium};
use crate::keys::Key;
use crate::keys::Scope::ReadOnly;
use crate::keys::ValueType::{Boolean, Class, Int, List, Long, Password, String};

#[rustfmt::skip]
pub(super) const KEYS: &[Key] = &[
    Key::new("sasl.oauthbearer.assertion.algorithm", String, Is("RS256"), OneOfIgnoringCase(&["ES256", "RS256"]), Medium, ReadOnly, NotYet,
        "How assertions are signed: RS256 or ES256."),
    Key::new("sasl.oauthbearer.assertion.claim.aud", String, Absent, Any, Medium, ReadOnly, NotYet,
        "The `aud` claim of assertions."),
    Key::new("sasl.oauthbearer.assertion.claim.exp.seconds", Int, Is("300"), Between(0, 86_400), Low, ReadOnly, NotYet,
        "How far in the future assertions expire."),
    Key::new("sasl.oauthbearer.assertion.claim.iss", String, Absent, Any, Medium, ReadOnly, NotYet,
        "The `iss` claim of assertions."),
    Key::new("sasl.oauthbearer.assertion.claim.jti.include", Boolean, Is("false"), Any, Medium, ReadOnly, NotYet,
        "Whether assertions carry a unique `jti` claim."),
    Key::new("sasl.oauthbearer.assertion.claim.nbf.seconds", Int, Is("60"), Between(0, 3600), Low, ReadOnly, NotYet,
        "How far in the past assertions begin to hold."),
    Key::new("sasl.oauthbearer.assertion.claim.sub", String, Absent, Any, Medium, ReadOnly, NotYet,
        "The `sub` claim of assertions."),
    Key::new("sasl.oauthbearer.assertion.file", String, Absent, Any, Medium, ReadOnly, NotYet,
        "A file with a ready-made assertion."),
    Key::new("sasl.oauthbearer.assertion.private.key.file", String, Absent, Any, Medium, ReadOnly, NotYet,
        "The PEM key that signs assertions."),
    Key::new("sasl.oauthbearer.assertion.private.key.passphrase", Password, Absent, Any, Medium, ReadOnly, NotYet,
        "What unlocks that key."),
    Key::new("sasl.oauthbearer.assertion.template.file", String, Absent, Any, Medium, ReadOnly, NotYet,
        "A file with further headers and claims of assertions."),
    Key::new("sasl.oauthbearer.client.credentials.client.id", String, Absent, Any, Medium, ReadOnly, NotYet,
        "The client id that tokens are asked for with."),
    Key::new("sasl.oauthbearer.client.credentials.client.secret", Password, Absent, Any, Medium, ReadOnly, NotYet,
        "The secret that goes with it."),
    Key::new("sasl.oauthbearer.clock.skew.seconds", Int, Is("30"), Any, Low, ReadOnly, NotYet,
        "How far the identity provider's clock may be off."),
    Key::new("sasl.oauthbearer.expected.audience", List, Is(""), Texts, Low, ReadOnly, NotYet,
        "Tokens must be for one of these."),
    Key::new("sasl.oauthbearer.expected.issuer", String, Absent, Any, Low, ReadOnly, NotYet,
        "Tokens must be from this issuer."),
    Key::new("sasl.oauthbearer.jwks.endpoint.refresh.ms", Long, Is("3600000"), Any, Low, ReadOnly, NotYet,
        "How often the provider's keys are fetched again."),
    Key::new("sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms", Long, Is("10000"), Any, Low, ReadOnly, NotYet,
        "Longest pause before the provider's keys are asked for again."),
    Key::new("sasl.oauthbearer.jwks.endpoint.retry.backoff.ms", Long, Is("100"), Any, Low, ReadOnly, NotYet,
        "First pause before the provider's keys are asked for again."),
    Key::new("sasl.oauthbearer.jwks.endpoint.url", String, Absent, Any, Medium, ReadOnly, NotYet,
        "Where the provider's keys are: a URL or a file."),
    Key::new("sasl.oauthbearer.jwt.retriever.class", Class, Is("org.apache.kafka.common.security.oauthbearer.DefaultJwtRetriever"), Any, Medium, ReadOnly, JvmOnly,
        "The Java class that gets tokens."),
    Key::new("sasl.oauthbearer.jwt.validator.class", Class, Is("org.apache.kafka.common.security.oauthbearer.DefaultJwtValidator"), Any, Medium, ReadOnly, JvmOnly,
        "The Java class that checks tokens."),
    Key::new("sasl.oauthbearer.scope", String, Absent, Any, Medium, ReadOnly, NotYet,
        "The scope that tokens are asked for with."),
    Key::new("sasl.oauthbearer.scope.claim.name", String, Is("scope"), Any, Low, ReadOnly, NotYet,
        "The claim that holds a token's scope."),
    Key::new("sasl.oauthbearer.sub.claim.name", String, Is("sub"), Any, Low, ReadOnly, NotYet,
        "The claim that holds a token's principal."),
    Key::new("sasl.oauthbearer.token.endpoint.url", String, Absent, Any, Medium, ReadOnly, NotYet,
        "Where tokens are asked for."),
];
