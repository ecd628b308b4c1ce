//! TLS.

use crate::keys::Bounds::{Any, OneOf, Texts};
use crate::keys::Effect::{JvmOnly, NotYet};
use crate::keys::Fallback::{Absent, Is};
use crate::keys::Importance::{Low, Medium};
use crate::keys::Key;
use crate::keys::Scope::{PerBroker, ReadOnly};
use crate::keys::ValueType::{Boolean, Class, List, Password, String};

#[rustfmt::skip]
pub(super) const KEYS: &[Key] = &[
    Key::new("security.providers", String, Absent, Any, Low, ReadOnly, JvmOnly,
        "Java classes that add security algorithms."),
    Key::new("ssl.allow.dn.changes", Boolean, Is("false"), Any, Low, ReadOnly, NotYet,
        "Whether a renewed certificate may have another distinguished name."),
    Key::new("ssl.allow.san.changes", Boolean, Is("false"), Any, Low, ReadOnly, NotYet,
        "Whether a renewed certificate may have other alternative names."),
    Key::new("ssl.cipher.suites", List, Is(""), Texts, Medium, PerBroker, NotYet,
        "Cipher suites to allow; all good ones if empty."),
    Key::new("ssl.client.auth", String, Is("none"), OneOf(&["required", "requested", "none"]), Medium, PerBroker, NotYet,
        "Whether clients must (`required`), may (`requested`) or need not (`none`) show a certificate."),
    Key::new("ssl.enabled.protocols", List, Is("TLSv1.2,TLSv1.3"), Texts, Medium, PerBroker, NotYet,
        "TLS versions to allow."),
    Key::new("ssl.endpoint.identification.algorithm", String, Is("https"), Any, Low, PerBroker, NotYet,
        "How a server's name is held against its certificate: `https`, or empty for not at all."),
    Key::new("ssl.engine.factory.class", Class, Absent, Any, Low, PerBroker, JvmOnly,
        "The Java class that makes TLS engines."),
    Key::new("ssl.key.password", Password, Absent, Any, Medium, PerBroker, NotYet,
        "What unlocks the private key."),
    Key::new("ssl.keymanager.algorithm", String, Is("SunX509"), Any, Medium, PerBroker, JvmOnly,
        "Java's algorithm for choosing a key."),
    Key::new("ssl.keystore.certificate.chain", Password, Absent, Any, Medium, PerBroker, NotYet,
        "The certificates that belong to the private key, in PEM."),
    Key::new("ssl.keystore.key", Password, Absent, Any, Medium, PerBroker, NotYet,
        "The private key, in PEM."),
    Key::new("ssl.keystore.location", String, Absent, Any, Medium, PerBroker, NotYet,
        "The file with private key and certificates."),
    Key::new("ssl.keystore.password", Password, Absent, Any, Medium, PerBroker, NotYet,
        "What unlocks that file."),
    Key::new("ssl.keystore.type", String, Is("JKS"), Any, Medium, PerBroker, NotYet,
        "Its format: JKS, PKCS12 or PEM."),
    Key::new("ssl.principal.mapping.rules", String, Is("DEFAULT"), Any, Low, ReadOnly, NotYet,
        "How a certificate's distinguished name becomes a principal; the first rule that fits."),
    Key::new("ssl.protocol", String, Is("TLSv1.3"), Any, Medium, PerBroker, NotYet,
        "The preferred TLS version."),
    Key::new("ssl.provider", String, Absent, Any, Medium, PerBroker, JvmOnly,
        "Java's security provider for TLS."),
    Key::new("ssl.secure.random.implementation", String, Absent, Any, Low, PerBroker, JvmOnly,
        "Java's source of randomness for TLS."),
    Key::new("ssl.trustmanager.algorithm", String, Is("PKIX"), Any, Medium, PerBroker, JvmOnly,
        "Java's algorithm for judging certificates."),
    Key::new("ssl.truststore.certificates", Password, Absent, Any, Medium, PerBroker, NotYet,
        "Trusted certificates, in PEM."),
    Key::new("ssl.truststore.location", String, Absent, Any, Medium, PerBroker, NotYet,
        "The file with trusted certificates."),
    Key::new("ssl.truststore.password", Password, Absent, Any, Medium, PerBroker, NotYet,
        "What unlocks that file."),
    Key::new("ssl.truststore.type", String, Is("JKS"), Any, Medium, PerBroker, NotYet,
        "Its format: JKS, PKCS12 or PEM."),
];
