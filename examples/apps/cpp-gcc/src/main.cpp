#include <iostream>
#include <string>

long countPrimes(long below);

int main(int count, char **words) {
  const long below = count > 1 ? std::stol(words[1]) : 1000;
  std::cout << countPrimes(below) << " primes below " << below << '\n';
}
