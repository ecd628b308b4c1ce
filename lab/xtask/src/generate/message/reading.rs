//! How a struct is read.

use super::{StructWriter, default_value};
use crate::generate::schema::{Field, Kind};
use crate::generate::versions::Condition;
use std::fmt::Write as _;

impl StructWriter<'_> {
    pub(super) fn read_body(&self, out: &mut String) -> Result<(), String> {
        let has_tagged = !self.tagged().is_empty();
        out.push_str(if has_tagged { "let mut value = Self {\n" } else { "Ok(Self {\n" });
        for field in &self.item.fields {
            let read = self.field_or_default(field)?;
            let _ = writeln!(out, "{}: {read},", field.identifier());
        }
        match self.flexible() {
            Condition::Never => {}
            _ if has_tagged => out.push_str("unknown_tagged_fields: Vec::new(),\n"),
            _ => {
                let flexible = self.flexible_expression();
                let _ = writeln!(out, "unknown_tagged_fields: reader.unknown_tagged_fields({flexible})?,");
            }
        }
        if !has_tagged {
            out.push_str("})");
            return Ok(());
        }
        out.push_str("};\n");
        match self.flexible() {
            Condition::Always => self.read_tags(out)?,
            _ => {
                out.push_str("if flexible {\n");
                self.read_tags(out)?;
                out.push_str("}\n");
            }
        }
        out.push_str("Ok(value)");
        Ok(())
    }

    /// The field's value before the tagged fields have been read.
    fn field_or_default(&self, field: &Field) -> Result<String, String> {
        if field.tag.is_some() {
            return Ok(default_value(field));
        }
        let read = self.read_expression(field, "reader", self.compact(field))?;
        Ok(match self.presence(field).holds() {
            Some(present) => format!("if {present} {{ {read} }} else {{ {} }}", default_value(field)),
            None => read,
        })
    }

    fn read_tags(&self, out: &mut String) -> Result<(), String> {
        out.push_str("let mut tags = reader.tagged_fields()?;\n");
        out.push_str("while let Some((tag, mut content)) = tags.next(reader)? {\nmatch tag {\n");
        for (tag, field) in self.tagged() {
            let read = self.read_expression(field, "content", "true")?;
            let assignment = format!("value.{} = {read}", field.identifier());
            let _ = match self.tag_presence(tag).holds() {
                Some(present) => writeln!(
                    out,
                    "{number} if {present} => {assignment},
                    {number} => return Err(DecodeError::TagNotInVersion {{ tag, version }}),",
                    number = tag.number
                ),
                None => writeln!(out, "{} => {assignment},", tag.number),
            };
        }
        out.push_str("_ => value.unknown_tagged_fields.push(content.raw_tagged_field(tag)),\n}\n");
        out.push_str("content.end_of_tagged_field(tag)?;\n}\n");
        Ok(())
    }

    /// An expression that reads the field from `source`; its type is the field's.
    fn read_expression(&self, field: &Field, source: &str, compact: &str) -> Result<String, String> {
        let required = match &field.kind {
            Kind::String => format!("{source}.string({compact})?"),
            Kind::Bytes => format!("{source}.bytes({compact})?"),
            Kind::Records => format!("{source}.records({compact})?"),
            Kind::Struct(name) if source == "reader" => format!("{name}::read(reader, version)?"),
            Kind::Struct(name) => format!("{name}::read(&mut {source}, version)?"),
            Kind::Array(element) if **element == Kind::String => format!("{source}.string_array({compact})?"),
            Kind::Array(element) if element.is_fixed_or_struct() => format!("{source}.array({compact}, version)?"),
            Kind::Array(element) => {
                return Err(format!("{}: an array of {element:?} is not provided for", field.name));
            }
            fixed => format!("{source}.{}()?", fixed.name()),
        };
        if !field.is_option() {
            return Ok(required);
        }
        let nullable = match &field.kind {
            Kind::Struct(name) if field.tag.is_some() => format!("{source}.tagged_nullable_struct::<{name}>(version)?"),
            Kind::Struct(name) => format!("{source}.nullable_struct::<{name}>(version)?"),
            _ => required.replacen(&format!("{source}."), &format!("{source}.nullable_"), 1),
        };
        let nullability = self.nullability(field);
        Ok(match nullability.holds() {
            Some(nullability) => format!("if {nullability} {{ {nullable} }} else {{ Some({required}) }}"),
            None if nullability == Condition::Always => nullable,
            None => format!("Some({required})"),
        })
    }
}
