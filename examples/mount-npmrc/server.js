const server = require('node:http').createServer((request, response) => response.end('hello\n')).listen(3000);
process.on('SIGTERM', () => server.close());
