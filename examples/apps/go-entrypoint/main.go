package main

import (
	"fmt"
	"os"
	"os/exec"
)

func main() {
	out, err := exec.Command("sqlite3", ":memory:", "select 6*7").CombinedOutput()
	fmt.Print(string(out), err, " ", os.Getenv("PREPARED"), "\n")
}
