// `npm start`: installs and builds what is missing, then runs the Tour. In the oldest syntax, so that an old Node can say that it is too old.
// biome-ignore-all lint: an old Node must be able to read this file
// biome-ignore-all format: an old Node must be able to read this file
'use strict';

var LEAST = [20, 17];

function isOldNode(version) {
  var parts = version.split('.');
  var major = Number(parts[0]);
  return major < LEAST[0] || (major === LEAST[0] && Number(parts[1]) < LEAST[1]);
}

if (isOldNode(process.versions.node)) {
  console.error('tsbox needs Node ' + LEAST.join('.') + ' or newer, this is ' + process.versions.node + ': install a newer one, see https://nodejs.org/');
  process.exit(1);
}

var childProcess = require('child_process');
var fs = require('fs');
var net = require('net');
var os = require('os');
var path = require('path');

var root = path.join(__dirname, '..');
var probe = path.join(root, 'manifests/org.tsbox.Tour/bin/tour-probe');
var built = ['build/tsbox', 'build/tsbox.node', 'build/node', 'build/broker.cjs', 'build/bus.cjs', 'build/cli.cjs', 'manifests/org.tsbox.Tour/bin/tour-probe'];
var sources = ['native', 'launcher', 'dbus-proxy', 'portals', 'manifests/org.tsbox.Tour', 'package.json'];
var cleanUps = [];

function fail(text) {
  console.error(text);
  process.exitCode = 1;
  throw new Error('stop');
}

function find(program) {
  var folders = (process.env.PATH || '').split(':').concat(['/usr/local/bin', '/usr/bin', '/bin', '/usr/sbin']);
  for (var i = 0; i < folders.length; i++) {
    var file = path.join(folders[i] || '.', program);
    try {
      fs.accessSync(file, fs.constants.X_OK);
      return file;
    } catch (absent) {
      continue;
    }
  }
  return undefined;
}

function npm(words) {
  var script = process.env.npm_execpath;
  var command = script ? [process.execPath, script] : ['npm'];
  var ran = childProcess.spawnSync(command[0], command.slice(1).concat(words), { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  if (ran.status !== 0) fail('`npm ' + words.join(' ') + '` failed' + (ran.error ? ': ' + ran.error.message : '') + ': its words are above');
}

/** Milliseconds of the newest change of a source; 0 where something is absent. */
function newest(file) {
  var stat = fs.statSync(file, { throwIfNoEntry: false });
  if (!stat) return 0;
  if (!stat.isDirectory()) return /\.(ts|mjs|c|cc|h|gyp|json)$/.test(file) ? stat.mtimeMs : 0;
  return fs.readdirSync(file).reduce(function (latest, name) {
    return name === 'build' || name === 'node_modules' ? latest : Math.max(latest, newest(path.join(file, name)));
  }, 0);
}

/** Every output is there and one is newer than every source: a build may leave alone what did not change. */
function isBuilt() {
  var last = 0;
  for (var i = 0; i < built.length; i++) {
    var stat = fs.statSync(path.join(root, built[i]), { throwIfNoEntry: false });
    if (!stat) return false;
    last = Math.max(last, stat.mtimeMs);
  }
  return sources.every(function (source) {
    return newest(path.join(root, source)) <= last;
  });
}

function install() {
  if (!fs.existsSync(path.join(root, 'node_modules/esbuild'))) {
    var missing = ['cc', 'c++', 'make', 'python3'].filter(function (program) { return !find(program); });
    if (missing.length > 0) fail('to build, ' + missing.join(', ') + ' must be installed (Debian: apt install build-essential python3)');
    console.log('installing the packages of package-lock.json ...');
    npm(['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  }
  if (!isBuilt()) {
    console.log('building ...');
    npm(['run', '--silent', 'build']);
  }
}

/** The socket of the address that the session bus is said to have. */
function busSocket() {
  var address = process.env.DBUS_SESSION_BUS_ADDRESS || '';
  var found = /unix:(path|abstract)=([^,;]+)/.exec(address);
  if (found) return (found[1] === 'abstract' ? '\0' : '') + decodeURIComponent(found[2]);
  return process.env.XDG_RUNTIME_DIR ? path.join(process.env.XDG_RUNTIME_DIR, 'bus') : undefined;
}

function answers(socket) {
  return new Promise(function (resolve) {
    if (!socket) return resolve(false);
    var connection = net.connect(socket);
    connection.on('connect', function () { connection.destroy(); resolve(true); });
    connection.on('error', function () { resolve(false); });
  });
}

/** Resolves with the first line that the program writes, or with undefined at its end. It gets `end` when we leave; the end of its standard input it sees in any case. */
function startHelper(command, words, end) {
  return new Promise(function (resolve) {
    var child = childProcess.spawn(command, words, { stdio: ['pipe', 'pipe', 'ignore'], detached: true });
    var text = '';
    cleanUps.push(function () { child.stdin.end(); if (end) child.kill(end); });
    child.on('error', function () { resolve(undefined); });
    child.on('exit', function () { resolve(undefined); });
    child.stdout.on('data', function (data) {
      text += data;
      if (text.indexOf('\n') >= 0) resolve(text.split('\n')[0]);
    });
  });
}

function busConfiguration(folder) {
  return '<busconfig><type>session</type><listen>unix:path=' + folder + '/bus</listen><auth>EXTERNAL</auth><policy context="default">' +
    '<allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>\n';
}

/** A bus of the Tour's own where the session has none; where that cannot be had, the Tour shows the rest. */
function bringUpBus(folder) {
  return answers(busSocket()).then(function (there) {
    if (there) return undefined;
    delete process.env.DBUS_SESSION_BUS_ADDRESS;
    var daemon = find('dbus-daemon');
    if (!daemon && process.getuid() === 0 && find('apt-get')) {
      console.log('installing the package dbus-daemon ...');
      var environment = Object.assign({}, process.env, { DEBIAN_FRONTEND: 'noninteractive' });
      var words = ['install', '-y', '-qq', '--no-install-recommends', 'dbus-daemon'];
      var options = { stdio: ['ignore', 'ignore', 'ignore'], env: environment };
      if (childProcess.spawnSync('apt-get', words, options).status !== 0) {
        childProcess.spawnSync('apt-get', ['update', '-qq'], options);
        childProcess.spawnSync('apt-get', words, options);
      }
      daemon = find('dbus-daemon');
    }
    if (!daemon) {
      console.log('no session bus runs here and `dbus-daemon` is not installed (Debian: apt install dbus-daemon): the tour leaves the bus out');
      return undefined;
    }
    fs.writeFileSync(path.join(folder, 'bus.conf'), busConfiguration(folder));
    return startHelper(daemon, ['--config-file=' + path.join(folder, 'bus.conf'), '--nofork', '--nopidfile', '--print-address=1'], 'SIGTERM').then(function (address) {
      if (address) process.env.DBUS_SESSION_BUS_ADDRESS = address;
      else console.log('no session bus runs here and `dbus-daemon` did not start: the tour leaves the bus out');
    });
  });
}

/** The private bus stands in a folder of its own, which is not granted: the app reaches the bus through the filter alone. */
function tour(privateFolder, granted) {
  process.env.TOUR_SECRET = 'of the shell';
  return bringUpBus(privateFolder).then(function () {
    return startHelper(probe, ['hold', granted]); // ends with its standard input, and takes its things away
  }).then(function () {
    fs.writeFileSync(path.join(granted, 'outside'), childProcess.spawnSync(probe, ['look', granted], { stdio: ['inherit', 'pipe', 'inherit'] }).stdout || '');
    return new Promise(function (resolve) {
      var words = ['run', '--filesystem=' + granted + ':ro', 'org.tsbox.Tour', granted];
      var child = childProcess.spawn(path.join(root, 'build/tsbox'), words, { stdio: 'inherit' });
      child.on('error', function (error) { console.error('cannot start build/tsbox: ' + error.message); resolve(1); });
      child.on('exit', function (code, signal) { resolve(signal ? 128 + os.constants.signals[signal] : code); });
    });
  });
}

function main() {
  var folder;
  process.on('SIGINT', function () {}); // the Tour gets it too, and ends; then we clean up
  return Promise.resolve().then(function () {
    install();
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tsbox-tour-'));
    ['private', 'granted'].forEach(function (name) { fs.mkdirSync(path.join(folder, name), 448); });
    return tour(path.join(folder, 'private'), path.join(folder, 'granted'));
  }).then(function (status) {
    process.exitCode = status;
  }, function (error) {
    if (error.message !== 'stop') throw error;
  }).then(function () {
    cleanUps.forEach(function (cleanUp) { cleanUp(); });
    if (folder) fs.rmSync(folder, { recursive: true, force: true });
  });
}

main();
