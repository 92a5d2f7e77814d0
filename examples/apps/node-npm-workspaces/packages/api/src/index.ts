import express from 'express';
import { readFileSync } from 'fs';
import { join } from 'path';
import { hello } from '@mono/shared';
const app = express();
const motd = readFileSync(join(__dirname, '..', 'motd.txt'), 'utf8');
app.get('/', (_q, r) => { r.send(hello('workspaces') + ' ' + motd); });
app.listen(8111);
