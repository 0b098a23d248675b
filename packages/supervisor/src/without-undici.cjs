'use strict';
/**
 * Loaded before everything else (`--require`). A module that imports `node:http` reads all its names, and three of them load undici, which costs 7 MB
 * a process; these processes use none of the three. `fetch` still loads it where it is called.
 */
const http = require('node:http');
for (const name of ['WebSocket', 'CloseEvent', 'MessageEvent']) delete http[name];
