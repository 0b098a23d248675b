const everyMs = Number(process.env.EVERY_MS ?? 1000);
let round = 0;

const timer = setInterval(() => {
  round += 1;
  console.log(JSON.stringify({ round, at: new Date().toISOString() }));
}, everyMs);

console.log('procfile-worker has started');
process.once('SIGTERM', () => {
  clearInterval(timer);
  console.log(`procfile-worker stops after ${round} rounds`);
});
