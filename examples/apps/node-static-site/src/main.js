document.querySelector("#app").textContent = "hello " + import.meta.env.VITE_API_URL;
