const http = require('node:http');
const ms = require('ms');

http.createServer((request, response) => response.end(`${ms('1h')} ${ms.patched}\n`)).listen(18104);
