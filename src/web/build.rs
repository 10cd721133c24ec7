//! Has the crate built anew when a file comes to the client or goes from it. Changes of those that are there are seen
//! without this: each is embedded by its name.

fn main() {
    println!("cargo::rerun-if-changed=src/web/client");
    println!("cargo::rerun-if-changed=src/web/pages");
}
