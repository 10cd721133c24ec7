//! Gathers all that is wrong with the fields of a body, for one `validation-failed`.

use serde::Serialize;
use utoipa::ToSchema;

use super::{
    body::{Field, Given},
    problem::{Kind, Problem},
};
use crate::accounts::field::{FieldCode, FieldError, PointedError};

/// One field that is not acceptable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldFailure {
    /// RFC 6901: where in the body.
    #[schema(example = "/date_of_birth")]
    pointer: String,
    /// Stable, for programs.
    #[schema(value_type = String, example = "age_below_minimum")]
    code: &'static str,
    /// For people, in English.
    #[schema(value_type = String, example = "Too young.")]
    detail: &'static str,
    #[serde(skip)]
    #[schema(ignore)]
    cause: FieldCode,
}

/// The failures found so far.
#[derive(Debug, Default)]
pub struct Checks(Vec<FieldFailure>);

impl Checks {
    /// A field that has to be there. Gives what was parsed, unless something is wrong with it.
    pub fn required<T, U, E: Into<FieldError>>(
        &mut self,
        pointer: &str,
        field: Field<T>,
        parse: impl FnOnce(T) -> Result<U, E>,
    ) -> Option<U> {
        if matches!(field, Field::Missing) {
            self.fail(pointer, FieldCode::Required);
        }
        self.optional(pointer, field, parse)?
    }

    /// A field that may be missing. The outer `None`: something is wrong with it.
    #[expect(clippy::option_option, reason = "wrong and missing are different things")]
    pub fn optional<T, U, E: Into<FieldError>>(
        &mut self,
        pointer: &str,
        field: Field<T>,
        parse: impl FnOnce(T) -> Result<U, E>,
    ) -> Option<Option<U>> {
        match field {
            Field::Missing => Some(None),
            Field::WrongType => {
                self.fail(pointer, FieldCode::InvalidFormat);
                None
            }
            Field::Present(value) => match parse(value) {
                Ok(parsed) => Some(Some(parsed)),
                Err(error) => {
                    self.fail(pointer, error.into().code);
                    None
                }
            },
        }
    }

    /// A field that is left alone where the body does not have it. If it is there, it has to have a value. The outer
    /// `None`: something is wrong with it.
    #[expect(clippy::option_option, reason = "wrong and not given are different things")]
    pub fn changed<T, U, E: Into<FieldError>>(
        &mut self,
        pointer: &str,
        field: Given<T>,
        parse: impl FnOnce(T) -> Result<U, E>,
    ) -> Option<Option<U>> {
        field.0.map_or(Some(None), |field| self.required(pointer, field, parse).map(Some))
    }

    /// Notes a failure, unless one of that field is known: the first says enough.
    pub fn fail(&mut self, pointer: &str, cause: FieldCode) {
        if self.0.iter().any(|failure| failure.pointer == pointer) {
            return;
        }
        self.0.push(FieldFailure { pointer: pointer.to_owned(), code: cause.name(), detail: cause.detail(), cause });
    }

    /// Notes the failures of several fields that are parsed at once.
    pub fn fail_all(&mut self, errors: Vec<PointedError>) {
        for error in errors {
            self.fail(&error.pointer, error.code);
        }
    }

    /// Whether that was among the failures.
    pub fn found(&self, cause: FieldCode) -> bool {
        self.0.iter().any(|failure| failure.cause == cause)
    }

    /// What all fields together make, if nothing was wrong with any.
    ///
    /// # Errors
    /// `validation-failed` with all failures.
    pub fn finish<T>(self, whole: Option<T>) -> Result<T, Problem> {
        match whole {
            Some(whole) if self.0.is_empty() => Ok(whole),
            _ => Err(Problem::from(Kind::ValidationFailed).errors(self.0)),
        }
    }
}

/// A single failure, where nothing else can be wrong.
pub fn invalid(pointer: &str, cause: FieldCode) -> Problem {
    invalid_all(vec![PointedError { pointer: pointer.to_owned(), code: cause }])
}

/// Failures that were found outside of any checks.
pub fn invalid_all(errors: Vec<PointedError>) -> Problem {
    let mut checks = Checks::default();
    checks.fail_all(errors);
    match checks.finish(None::<std::convert::Infallible>) {
        Err(problem) => problem,
        Ok(never) => match never {},
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn even(number: i64) -> Result<i64, FieldError> {
        if number % 2 == 0 { Ok(number) } else { Err(FieldCode::NotSupported.into()) }
    }

    fn codes(problem: &Problem) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let errors = problem.body("")["errors"].clone();
        errors.as_array().unwrap().iter().map(|error| (text(&error["pointer"]), text(&error["code"]))).collect()
    }

    #[test]
    fn all_failures_are_listed() {
        let mut checks = Checks::default();
        assert_eq!(checks.required("/a", Field::Missing, even), None);
        assert_eq!(checks.required("/b", Field::WrongType, even), None);
        assert_eq!(checks.required("/c", Field::Present(1), even), None);
        assert_eq!(checks.required("/d", Field::Present(2), even), Some(2));
        assert_eq!(checks.optional("/e", Field::Missing, even), Some(None));
        assert_eq!(checks.optional("/f", Field::Present(3), even), None);
        assert!(checks.found(FieldCode::NotSupported) && !checks.found(FieldCode::TooLong));
        let problem = checks.finish(Some(())).unwrap_err();
        let expected = [("/a", "required"), ("/b", "invalid_format"), ("/c", "not_supported"), ("/f", "not_supported")];
        assert_eq!(codes(&problem), expected.map(|(pointer, code)| (pointer.to_owned(), code.to_owned())));
    }

    #[test]
    fn what_has_no_failure_is_whole() {
        assert_eq!(Checks::default().finish(Some(7)).unwrap(), 7);
        assert_eq!(
            invalid("/code", FieldCode::Required).body("")["errors"][0]["detail"],
            json!(FieldCode::Required.detail())
        );
    }
}
