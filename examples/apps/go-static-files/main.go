package main

import (
	"html/template"
	"log"
	"net/http"
	"os"
	"time"

	"example.com/shop/internal/store"
)

func main() {
	loc, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		log.Fatal(err)
	}
	t := template.Must(template.ParseGlob("templates/*.html"))
	template.Must(t.ParseGlob("templates/partials/*.html"))
	cfg, err := os.ReadFile("config.yaml")
	if err != nil {
		log.Fatal(err)
	}
	http.Handle("/static/", http.StripPrefix("/static/", http.FileServer(http.Dir("static"))))
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		t.ExecuteTemplate(w, "index.html", map[string]any{"Items": store.Items(), "Zone": time.Now().In(loc).Location().String(), "Cfg": string(cfg)})
	})
	port := os.Getenv("PORT")
	log.Println("listening on", port)
	log.Fatal(http.ListenAndServe(":"+port, nil))
}
