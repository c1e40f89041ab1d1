// Preloaded into the server of `npm start`: if the script is killed, its end of the pipe closes,
// and the server drains instead of staying behind.
process.stdin.on('end', () => process.kill(process.pid, 'SIGTERM')).resume();
process.stdin.unref();
