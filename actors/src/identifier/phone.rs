//! Phone numbers: one number in any spelling, and only those that text messages reach.

use phonenumber::{Mode, PhoneNumber, Type, metadata::DATABASE};
use serde::{Deserialize, Serialize};

use super::IdentifierError;
use crate::typed::{decimal_digit, is_filler};

/// More octets than anybody types for 15 digits, in whatever script.
const PHONE_MAX_INPUT: usize = 256;

/// A phone number in E.164 that can receive text messages.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phone {
    e164: String,
    country_code: u16,
    region: String,
}

impl Phone {
    /// Parses an international number; spaces, dashes, dots and parentheses are dropped, digits of any script folded.
    ///
    /// # Errors
    /// [`IdentifierError::Malformed`] where there is no such number, [`IdentifierError::CannotReceiveSms`] for a
    /// landline, a service number and the like.
    pub fn parse(input: &str) -> Result<Self, IdentifierError> {
        if input.len() > PHONE_MAX_INPUT {
            return Err(IdentifierError::Malformed);
        }
        let typed = input.chars().filter(|&c| !is_filler(c) && !matches!(c, '.' | '(' | ')'));
        let digits: String = typed.map(|c| decimal_digit(c).unwrap_or(c)).collect();
        let wellformed = digits
            .strip_prefix('+')
            .is_some_and(|rest| (4..=15).contains(&rest.len()) && rest.bytes().all(|b| b.is_ascii_digit()));
        if !wellformed {
            return Err(IdentifierError::Malformed);
        }
        let number = phonenumber::parse(None, &digits).map_err(|_| IdentifierError::Malformed)?;
        if !number.is_valid() {
            return Err(IdentifierError::Malformed);
        }
        if !receives_sms(&number) {
            return Err(IdentifierError::CannotReceiveSms);
        }
        let region = number.country().id().ok_or(IdentifierError::CannotReceiveSms)?;
        Ok(Self {
            e164: number.format().mode(Mode::E164).to_string(),
            country_code: number.code().value(),
            region: region.as_ref().to_owned(),
        })
    }

    /// The number in E.164, with its plus sign.
    pub fn e164(&self) -> &str {
        &self.e164
    }

    /// The ISO 3166-1 alpha-2 code of the country whose network the number belongs to.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// The block of ten thousand numbers that it is in: itself, without its last four digits.
    pub fn block(&self) -> &str {
        self.e164.get(..self.e164.len().saturating_sub(4)).unwrap_or_default()
    }

    pub(super) fn masked(&self) -> String {
        let tail = self.e164.get(self.e164.len().saturating_sub(2)..).unwrap_or_default();
        format!("+{}•••{tail}", self.country_code)
    }
}

/// Whether the number is a mobile one, or may be. Not left to `PhoneNumber::number_type`, which forgets the leading
/// zeros of national numbers, and with them all of Côte d'Ivoire, the Congo and Benin.
fn receives_sms(number: &PhoneNumber) -> bool {
    const OTHERS: [Type; 8] = [
        Type::PremiumRate,
        Type::TollFree,
        Type::SharedCost,
        Type::Voip,
        Type::PersonalNumber,
        Type::Pager,
        Type::Uan,
        Type::Voicemail,
    ];
    let national = number.national().to_string();
    number.metadata(&DATABASE).is_some_and(|country| {
        let is = |kind| country.descriptors().get(kind).is_some_and(|numbers| numbers.is_match(&national));
        is(Type::Mobile) && !OTHERS.into_iter().any(is)
    })
}
