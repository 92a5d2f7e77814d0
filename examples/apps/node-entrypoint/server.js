const express = require('express'), fs = require('fs'), path = require('path');
const app = express();
app.use(express.static(path.join(__dirname, 'public')));
app.get('/db', (q, r) => { fs.writeFileSync(path.join(__dirname, 'uploads', 'x.txt'), 'x'); r.type('json').send(fs.readFileSync('uploads/db.json')); });
app.listen(8112);
