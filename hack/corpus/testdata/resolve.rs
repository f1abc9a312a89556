// Looks up hosts.
use std::net::ToSocketAddrs;

fn main() {
    for name in std::env::args().skip(1) {
        println!("{:?}", (name.as_str(), 80).to_socket_addrs());
    }
    println!("ok");
}
