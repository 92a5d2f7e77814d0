#include <iostream>
#include <fstream>
#include <zlib.h>
#include "greet.h"
int main() { std::ifstream f("/usr/local/share/greeter/words.txt"); std::string w; f >> w; std::cout << greet() << " " << w << " zlib " << zlibVersion() << std::endl; return w.empty(); }
