document.title = "uploads";
