//! Reading what people type as an email address or a phone number: the first thing that a start does.

use chatlink_actors::identifier::{Identifier, IdentifierError};
use divan::black_box;

fn main() {
    divan::main();
}

#[divan::bench(args = ["ann@example.org", "Ann.Lee+x@mail.bücher.example", "nobody@@example.org"])]
fn parse_email(typed: &str) -> Result<Identifier, IdentifierError> {
    Identifier::parse(black_box(typed))
}

#[divan::bench(args = ["+491711234567", "+1 (415) 555-2671", "+49 30 1234567"])]
fn parse_phone(typed: &str) -> Result<Identifier, IdentifierError> {
    Identifier::parse(black_box(typed))
}
