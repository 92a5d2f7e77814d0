long countPrimes(long below) {
  long found = 0;
#pragma omp parallel for reduction(+ : found) schedule(dynamic, 64)
  for (long number = 2; number < below; number++) {
    bool isPrime = true;
    for (long factor = 2; factor * factor <= number && isPrime; factor++) isPrime = number % factor != 0;
    if (isPrime) found++;
  }
  return found;
}
