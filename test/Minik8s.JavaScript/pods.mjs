// The streams of a running pod through the official JavaScript client: node pods.mjs KUBECONFIG NAMESPACE POD CONTAINER PORT
// The container has a shell; something answers HTTP on PORT.
import assert from 'node:assert/strict';
import net from 'node:net';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import * as k8s from '@kubernetes/client-node';

const [kubeconfig, namespace, pod, container, port] = process.argv.slice(2);
const config = new k8s.KubeConfig();
config.loadFromFile(kubeconfig);

async function text(stream) {
  let all = '';
  for await (const piece of stream) all += piece;
  return all;
}

async function execution() {
  const [out, err, input] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const status = new Promise((resolve, reject) => {
    new k8s.Exec(config).exec(namespace, pod, container, ['sh', '-c', 'read line; echo "got $line"; echo problem >&2; exit 3'], out, err, input, false, resolve).catch(reject);
  });
  input.write('input\n');
  const ended = await status;
  out.end();
  err.end();
  assert.equal(ended.status, 'Failure');
  assert.equal(ended.details.causes.find((c) => c.reason === 'ExitCode').message, '3');
  assert.equal(await text(out), 'got input\n');
  assert.equal(await text(err), 'problem\n');
}

async function log() {
  const core = config.makeApiClient(k8s.CoreV1Api);
  assert.match(await core.readNamespacedPodLog({ namespace, name: pod, container }), /started/);
  const out = new PassThrough();
  const request = await new k8s.Log(config).log(namespace, pod, container, out, { follow: true, tailLines: 1 });
  await once(out, 'data');
  request.abort();
}

async function forwarding() {
  const forward = new k8s.PortForward(config);
  const server = net.createServer((socket) => forward.portForward(namespace, pod, [Number(port)], socket, null, socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = net.connect(server.address().port, '127.0.0.1');
  client.write('GET / HTTP/1.0\r\n\r\n');
  // The client library leaves its end open when the pod has closed its own.
  const [answer] = await once(client, 'data');
  assert.match(answer.toString(), /^HTTP\/1\.[01] \d{3} /);
  client.destroy();
  server.close();
}

setTimeout(() => {
  console.error('took too long');
  process.exit(1);
}, 40000).unref();
for (const step of [execution, log, forwarding]) {
  await step();
  console.log(`ok ${step.name}`);
}
console.log('done');
process.exit(0);
