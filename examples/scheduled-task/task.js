import { freemem, totalmem } from 'node:os';

const usedPercent = Math.round((1 - freemem() / totalmem()) * 100);
console.log(JSON.stringify({ task: 'memory-report', at: new Date().toISOString(), usedPercent }));
