//! How a struct is written.

use super::{StructWriter, default_value};
use crate::generate::schema::{Default, Field, Kind};
use crate::generate::versions::Condition;
use std::fmt::Write as _;

impl StructWriter<'_> {
    pub(super) fn write_body(&self, out: &mut String) -> Result<(), String> {
        for field in &self.item.fields {
            let presence = self.presence(field);
            match (field.tag, presence.holds(), presence.fails()) {
                (Some(_), _, Some(absent)) if !field.ignorable => {
                    let refusal = self.refusal(field);
                    let _ = writeln!(out, "if {absent} && {} {{ {refusal} }}", is_not_default(field));
                }
                (Some(_), ..) => {}
                (None, Some(present), _) => {
                    let write = self.write_statement(field, self.compact(field))?;
                    let _ = writeln!(out, "if {present} {{ {write} }}");
                    if !field.ignorable {
                        let refusal = self.refusal(field);
                        let _ = writeln!(out, "else if {} {{ {refusal} }}", is_not_default(field));
                    }
                }
                (None, None, _) => {
                    let _ = writeln!(out, "{}", self.write_statement(field, self.compact(field))?);
                }
            }
        }
        match self.flexible() {
            Condition::Never => {}
            _ if self.tagged().is_empty() => {
                let flexible = self.flexible_expression();
                let _ = writeln!(out, "writer.unknown_tagged_fields(&self.unknown_tagged_fields, {flexible})?;");
            }
            Condition::Always => self.write_tags(out)?,
            _ => {
                out.push_str("if flexible {\n");
                self.write_tags(out)?;
                out.push_str("} else { writer.unknown_tagged_fields(&self.unknown_tagged_fields, false)?; }\n");
            }
        }
        Ok(())
    }

    /// What happens to a value that the version has no place for.
    fn refusal(&self, field: &Field) -> String {
        format!(
            "return Err(EncodeError::FieldNotInVersion {{ field: \"{}.{}\", version }});",
            self.item.name, field.name
        )
    }

    fn write_tags(&self, out: &mut String) -> Result<(), String> {
        out.push_str("let mut tags = writer.begin_tagged_fields(&self.unknown_tagged_fields);\n");
        for (tag, field) in self.tagged() {
            let present = match self.tag_presence(tag).holds() {
                Some(present) => format!("{present} && {}", is_not_default(field)),
                None => is_not_default(field),
            };
            let write = self.write_statement(field, "true")?;
            let _ = writeln!(out, "if {present} {{ tags.begin(writer, {})?; {write} tags.end(writer)?; }}", tag.number);
        }
        out.push_str("tags.finish(writer)?;\n");
        Ok(())
    }

    /// A statement that writes the field.
    fn write_statement(&self, field: &Field, compact: &str) -> Result<String, String> {
        let place = format!("self.{}", field.identifier());
        if !field.is_option() {
            return write_required(field, &place, &format!("&{place}"), compact);
        }
        let nullable = match &field.kind {
            Kind::String => format!("writer.nullable_string({place}.as_deref(), {compact})?;"),
            Kind::Bytes => format!("writer.nullable_bytes({place}.as_ref(), {compact})?;"),
            Kind::Records => format!("writer.nullable_records({place}.as_ref(), {compact})?;"),
            Kind::Struct(_) if field.tag.is_some() => {
                format!("writer.tagged_nullable_struct({place}.as_ref(), version)?;")
            }
            Kind::Struct(_) => format!("writer.nullable_struct({place}.as_ref(), version)?;"),
            Kind::Array(element) if **element == Kind::String => {
                format!("writer.nullable_string_array({place}.as_deref(), {compact})?;")
            }
            Kind::Array(_) => format!("writer.nullable_array({place}.as_deref(), {compact}, version)?;"),
            fixed => return Err(format!("{}: a nullable {fixed:?} is not provided for", field.name)),
        };
        let required = format!(
            "let value = crate::error::not_null({place}.as_ref(), \"{}.{}\", version)?; {}",
            self.item.name,
            field.name,
            write_required(field, "value", "value", compact)?
        );
        let nullability = self.nullability(field);
        Ok(match nullability.holds() {
            Some(nullability) => format!("if {nullability} {{ {nullable} }} else {{ {required} }}"),
            None if nullability == Condition::Always => nullable,
            None => format!("{{ {required} }}"),
        })
    }
}

/// Writes the value at `place`, which is borrowed as `borrowed`.
fn write_required(field: &Field, place: &str, borrowed: &str, compact: &str) -> Result<String, String> {
    Ok(match &field.kind {
        Kind::String => format!("writer.string({borrowed}, {compact})?;"),
        Kind::Bytes => format!("writer.bytes({borrowed}, {compact})?;"),
        Kind::Records => format!("writer.records({borrowed}, {compact})?;"),
        Kind::Struct(_) => format!("{place}.write(writer, version)?;"),
        Kind::Array(element) if **element == Kind::String => format!("writer.string_array({borrowed}, {compact})?;"),
        Kind::Array(element) if element.is_fixed_or_struct() => {
            format!("writer.array({borrowed}, {compact}, version)?;")
        }
        Kind::Array(element) => return Err(format!("{}: an array of {element:?} is not provided for", field.name)),
        fixed => format!("writer.{}({place});", fixed.name()),
    })
}

/// Whether the field of `self` differs from its default, as a Rust expression.
fn is_not_default(field: &Field) -> String {
    let place = format!("self.{}", field.identifier());
    match (&field.kind, &field.default) {
        (_, Default::Null) | (Kind::Records, _) => format!("{place}.is_some()"),
        (Kind::Bool, Default::Empty) => place,
        (Kind::Bool, Default::Literal(_)) => format!("!{place}"),
        (Kind::String | Kind::Bytes | Kind::Array(_), _) if field.is_option() => {
            format!("{place}.as_ref().is_none_or(|value| !value.is_empty())")
        }
        (Kind::String | Kind::Bytes | Kind::Array(_), _) => format!("!{place}.is_empty()"),
        _ => format!("{place} != {}", default_value(field)),
    }
}
