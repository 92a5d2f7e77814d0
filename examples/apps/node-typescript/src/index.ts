import express from "express";
import path from "path";
import fs from "fs";
const app = express();
app.set("view engine", "ejs");
app.set("views", path.join(__dirname, "..", "views"));
app.use(express.static(path.join(__dirname, "../public")));
app.get("/", (_req, res) => res.render("index", { n: 42, env: process.env.NODE_ENV, ts: fs.existsSync("node_modules/typescript") }));
app.listen(8084, () => console.log("listening"));
