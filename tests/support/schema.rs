//! As much of JSON Schema as the OpenAPI document uses. It is stricter in one thing: members that are not listed are
//! refused, so that none is left undocumented.

use std::collections::BTreeSet;

use serde_json::Value;

use super::document::resolve;

/// What only explains.
const NOTES: [&str; 6] = ["description", "example", "examples", "default", "deprecated", "title"];

type Known = BTreeSet<&'static str>;

/// Says what is wrong with a value, or with a member that no part of its schema knows.
pub fn fit(value: &Value, schema: &'static Value, at: &str) -> Result<(), String> {
    let known = hold(value, schema, at)?;
    let Some(members) = value.as_object().filter(|_| !known.is_empty()) else { return Ok(()) };
    match members.keys().find(|member| !known.contains(member.as_str())) {
        Some(member) => Err(format!("{at}/{member} is undocumented")),
        None => Ok(()),
    }
}

/// The members that the schema knows of a value that it holds for. None: it says nothing of members.
fn hold(value: &Value, schema: &'static Value, at: &str) -> Result<Known, String> {
    let schema = resolve(schema);
    let mut known = Known::new();
    for (keyword, argument) in schema.as_object().ok_or("no schema")? {
        let complaint = || Err(format!("{at} is {value}, against {keyword} {argument}"));
        match keyword.as_str() {
            "allOf" => {
                for part in list(argument) {
                    known.extend(hold(value, part, at)?);
                }
            }
            "oneOf" => {
                let fitting: Vec<_> = list(argument).iter().filter(|part| fit(value, part, at).is_ok()).collect();
                let [part] = fitting[..] else { return complaint() };
                known.extend(hold(value, part, at)?);
            }
            "properties" => known.extend(members(value, argument, at)?),
            "items" => {
                for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                    fit(item, argument, &format!("{at}/{index}"))?;
                }
            }
            _ if holds(keyword, value, argument) => {}
            _ => return complaint(),
        }
    }
    Ok(known)
}

/// The members that are listed, each held against its schema.
fn members(value: &Value, listed: &'static Value, at: &str) -> Result<Known, String> {
    let listed = listed.as_object().expect("properties");
    for (member, schema) in listed {
        if let Some(value) = value.get(member) {
            fit(value, schema, &format!("{at}/{member}"))?;
        }
    }
    Ok(listed.keys().map(String::as_str).collect())
}

/// Whether what concerns the value alone is so.
fn holds(keyword: &str, value: &Value, argument: &'static Value) -> bool {
    let length = || value.as_str().map(|text| text.chars().count().try_into().unwrap());
    let items = || value.as_array().map(|items| items.len().try_into().unwrap());
    match keyword {
        "type" => match argument {
            Value::Array(types) => types.iter().any(|it| is_a(it, value)),
            one => is_a(one, value),
        },
        "required" => !value.is_object() || list(argument).iter().all(|it| value.get(it.as_str().unwrap()).is_some()),
        "enum" => list(argument).contains(value),
        "format" => value.as_str().is_none_or(|text| has_format(argument.as_str().unwrap(), text)),
        "minimum" => value.as_i64().is_none_or(|number| number >= argument.as_i64().unwrap()),
        "maximum" => value.as_i64().is_none_or(|number| number <= argument.as_i64().unwrap()),
        "minLength" => length().is_none_or(|length: i64| length >= argument.as_i64().unwrap()),
        "maxLength" => length().is_none_or(|length: i64| length <= argument.as_i64().unwrap()),
        "minItems" => items().is_none_or(|count: i64| count >= argument.as_i64().unwrap()),
        "maxItems" => items().is_none_or(|count: i64| count <= argument.as_i64().unwrap()),
        _ => NOTES.contains(&keyword) || panic!("{keyword} has to be taught"),
    }
}

fn is_a(name: &Value, value: &Value) -> bool {
    match name.as_str().unwrap() {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("{other} has to be taught"),
    }
}

fn has_format(format: &str, text: &str) -> bool {
    use time::{Date, OffsetDateTime, format_description::well_known::Rfc3339, macros::format_description};
    match format {
        "date-time" => OffsetDateTime::parse(text, &Rfc3339).is_ok() && text.ends_with('Z'),
        "date" => Date::parse(text, format_description!("[year]-[month]-[day]")).is_ok(),
        "uuid" => text.len() == 36 && text.parse::<uuid::Uuid>().is_ok(),
        "int32" | "int64" | "password" => true,
        other => panic!("{other} has to be taught"),
    }
}

fn list(argument: &'static Value) -> &'static [Value] {
    argument.as_array().expect("a list")
}
