//! The library is never unmapped: a program that ends while a thread waits in it (Deno drops the libraries that it has
//! loaded, and waits for nobody) would lose the code under that thread.

fn main() {
    println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
    println!("cargo:rerun-if-changed=build.rs");
}
