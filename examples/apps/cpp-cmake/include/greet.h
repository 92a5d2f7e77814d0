const char* greet();
