const http = require('node:http');
const bcrypt = require('bcrypt');

http
  .createServer((request, response) => response.end(`${bcrypt.compareSync('x', bcrypt.hashSync('x', 4))}\n`))
  .listen(18103);
