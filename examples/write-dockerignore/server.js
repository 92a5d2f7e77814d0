require('express')()
  .get('/', (_, response) => response.send('hello'))
  .listen(3000);
