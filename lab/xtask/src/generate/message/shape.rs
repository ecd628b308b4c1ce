//! The shape of a message as data, for the features `json` and `catalogue`.

use crate::generate::names;
use crate::generate::schema::{Default, Field, Kind, Schema, Struct};
use crate::generate::versions::Versions;
use std::fmt::Write as _;

/// The lines that go to the end of a message's file.
pub fn shape(schema: &Schema, out: &mut String) {
    let mut arrays = String::new();
    for item in &schema.structs {
        let fields: String = item.fields.iter().map(|field| self::field(schema, item, field)).collect();
        let _ = writeln!(arrays, "pub static {}: [FieldSchema; {}] = [{fields}];", array_name(item), item.fields.len());
    }
    let _ = writeln!(
        out,
        "#[cfg(feature = \"json\")]
        mod shape {{
            use crate::json::*;

            pub static MESSAGE: MessageSchema = MessageSchema {{
                name: \"{name}\", versions: {valid}, flexible: VersionRange {flexible}, fields: &{root},
            }};
            {arrays}
        }}

        #[cfg(feature = \"json\")]
        impl crate::json::JsonMessage for {name} {{
            const SCHEMA: &'static crate::json::MessageSchema = &shape::MESSAGE;
        }}",
        name = schema.name,
        valid = format_args!("{}..={}", schema.valid.lowest, schema.valid.highest),
        flexible =
            format_args!("{{ lowest: {}, highest: {} }}", schema.flexible.lowest, bound(schema.flexible.highest)),
        root = array_name(&schema.structs[0]),
    );
}

fn array_name(item: &Struct) -> String {
    names::upper_snake_case(&item.name)
}

fn field(schema: &Schema, item: &Struct, field: &Field) -> String {
    let mut text = format!(
        "FieldSchema::new(\"{}\", {}, {})",
        names::lower_camel_case(&field.name),
        kind(schema, &field.kind),
        range(field.versions)
    );
    if !field.nullable.is_empty() {
        let _ = write!(text, ".nullable({})", range(field.nullable));
    }
    if let Some(tag) = field.tag {
        let _ = write!(text, ".tag({})", tag.number);
    }
    if field.flexible.is_empty() && !schema.flexible.intersect(item.versions).is_empty() {
        text.push_str(".never_compact()");
    }
    if field.ignorable {
        text.push_str(".ignorable()");
    }
    match (&field.default, &field.kind) {
        (Default::Empty, _) => {}
        (Default::Null, _) => text.push_str(".default(FieldDefault::Null)"),
        (Default::Literal(_), Kind::Bool) => text.push_str(".default(FieldDefault::True)"),
        (Default::Literal(number), _) => {
            let _ = write!(text, ".default(FieldDefault::Number({number}))");
        }
    }
    text.push_str(",\n");
    text
}

fn kind(schema: &Schema, kind: &Kind) -> String {
    match kind {
        Kind::Struct(name) => format!("FieldKind::Struct(&{})", array_name(schema.struct_named(name))),
        Kind::Array(element) => format!("FieldKind::Array(&{})", self::kind(schema, element)),
        fixed => format!("FieldKind::{fixed:?}"),
    }
}

fn range(versions: Versions) -> String {
    format!("{}, {}", versions.lowest, bound(versions.highest))
}

fn bound(highest: i16) -> String {
    if highest == i16::MAX { "i16::MAX".to_owned() } else { highest.to_string() }
}
