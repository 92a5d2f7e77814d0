package store

func Items() []string { return []string{"apple", "pear"} }
