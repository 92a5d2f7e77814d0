package com.acme;
import com.sun.net.httpserver.HttpServer; import java.net.InetSocketAddress; import java.nio.file.*;
public class Main { public static void main(String[] a) throws Exception { HttpServer s = HttpServer.create(new InetSocketAddress(8089), 0);
 s.createContext("/", e -> { byte[] b = (new String(Main.class.getResourceAsStream("/msg.txt").readAllBytes()) + Files.readString(Path.of("config/app.properties")) + System.getProperty("user.dir") + " " + System.getenv("JAVA_OPTS") + "\n").getBytes(); e.sendResponseHeaders(200, b.length); e.getResponseBody().write(b); e.close(); }); s.start(); } }
