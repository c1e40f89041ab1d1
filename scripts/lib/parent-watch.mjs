// Preloaded into the server that `npm start` runs: when the script is killed its end of the pipe closes, and the
// server drains by itself instead of staying behind.
process.stdin.on('end', () => process.kill(process.pid, 'SIGTERM')).resume();
process.stdin.unref();
