const express = require('express');

const app = express();
app.use(express.static('public'));
app.get('/orders', (request, response) => response.json([{ id: 1, state: 'open' }]));
app.listen(18101);
