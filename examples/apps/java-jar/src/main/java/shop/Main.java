package shop;
import com.sun.net.httpserver.HttpServer; import java.io.*; import java.net.*; import java.util.*; import java.nio.file.*;
public class Main { public static void main(String[] a) throws Exception {
  Properties p = new Properties(); try (var r = Files.newBufferedReader(Path.of("config/application.properties"))) { p.load(r); }
  String s; try (var in = Main.class.getResourceAsStream("/banner.txt")) { s = new String(in.readAllBytes()).trim(); }
  final String out = s + " " + p.getProperty("name") + " " + Runtime.getRuntime().maxMemory() / 1000000 + "\n";
  var h = HttpServer.create(new InetSocketAddress(8115), 0); h.createContext("/", e -> { e.sendResponseHeaders(200, out.length()); e.getResponseBody().write(out.getBytes()); e.close(); }); h.start(); } }
