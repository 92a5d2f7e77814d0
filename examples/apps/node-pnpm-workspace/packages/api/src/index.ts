import { createServer } from 'node:http';
import { price } from '@shop/prices';

createServer((request, response) => {
  response.end(`${price(request.url ?? '')}\n`);
}).listen(18102);
