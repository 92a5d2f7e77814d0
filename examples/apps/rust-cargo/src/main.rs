fn main() { println!("{} {:?}", std::fs::read_to_string("assets/hi.txt").unwrap().trim(), std::env::current_dir()); }
