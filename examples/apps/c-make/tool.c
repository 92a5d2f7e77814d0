#include <stdio.h>
#include <stdlib.h>
int main(){char b[99];FILE*f=fopen("/etc/tool/tool.conf","r");if(!f){perror("conf");return 1;}fgets(b,99,f);printf("%s",b);return system("jq --version");}
