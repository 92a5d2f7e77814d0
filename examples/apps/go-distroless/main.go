// Tells an hour in several time zones: it needs the zones of the image, and no shell.
package main

import (
	_ "embed"
	"fmt"
	"log"
	"net/http"
	"strings"
	"time"
)

//go:embed assets/cities.txt
var cities string

func main() {
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		noon := time.Date(2024, 7, 1, 12, 0, 0, 0, time.UTC)
		for _, name := range strings.Fields(cities) {
			zone, err := time.LoadLocation(name)
			if err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			fmt.Fprintf(w, "%s %s\n", name, noon.In(zone).Format("15:04"))
		}
	})
	log.Fatal(http.ListenAndServe(":18109", nil))
}
