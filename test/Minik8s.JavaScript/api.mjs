// The official JavaScript client against an API server: node api.mjs KUBECONFIG NAMESPACE
// Ends with status 0 and the word "done" when everything went as a client of Kubernetes expects.
import assert from 'node:assert/strict';
import { once, EventEmitter } from 'node:events';
import * as k8s from '@kubernetes/client-node';

const [kubeconfig, namespace] = process.argv.slice(2);
const config = new k8s.KubeConfig();
config.loadFromFile(kubeconfig);
const core = config.makeApiClient(k8s.CoreV1Api);
const apps = config.makeApiClient(k8s.AppsV1Api);
const patchType = (type) => k8s.setHeaderOptions('Content-Type', type);

async function typedObjects() {
  const made = await core.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'typed', labels: { set: 'js' } }, data: { a: '1' } } });
  assert.equal(made.data.a, '1');
  assert.ok(made.metadata.creationTimestamp instanceof Date);

  await assert.rejects(core.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'typed' } } }), (error) => {
    const status = JSON.parse(error.body);
    return error.code === 409 && status.reason === 'AlreadyExists' && status.details.name === 'typed';
  });

  const merged = await core.patchNamespacedConfigMap({ namespace, name: 'typed', body: { data: { b: '2' } } }, patchType(k8s.PatchStrategy.MergePatch));
  assert.deepEqual({ ...merged.data }, { a: '1', b: '2' });
  const jsonPatched = await core.patchNamespacedConfigMap({ namespace, name: 'typed', body: [{ op: 'remove', path: '/data/a' }] }, patchType(k8s.PatchStrategy.JsonPatch));
  assert.deepEqual({ ...jsonPatched.data }, { b: '2' });

  const stale = structuredClone({ ...merged });
  await assert.rejects(core.replaceNamespacedConfigMap({ namespace, name: 'typed', body: stale }), (error) => error.code === 409);
  const fresh = await core.readNamespacedConfigMap({ namespace, name: 'typed' });
  fresh.data = { c: '3' };
  assert.equal((await core.replaceNamespacedConfigMap({ namespace, name: 'typed', body: fresh })).data.c, '3');

  const list = await core.listNamespacedConfigMap({ namespace, labelSelector: 'set=js' });
  assert.deepEqual(list.items.map((item) => item.metadata.name), ['typed']);
  await core.deleteNamespacedConfigMap({ namespace, name: 'typed' });
  await assert.rejects(core.readNamespacedConfigMap({ namespace, name: 'typed' }), (error) => error.code === 404);
}

async function pagedLists() {
  for (let i = 0; i < 7; i++) await core.createNamespacedConfigMap({ namespace, body: { metadata: { name: `page-${i}`, labels: { set: 'pages' } } } });
  const names = [];
  let _continue;
  do {
    const page = await core.listNamespacedConfigMap({ namespace, labelSelector: 'set=pages', limit: 3, _continue });
    assert.ok(page.items.length <= 3);
    names.push(...page.items.map((item) => item.metadata.name));
    _continue = page.metadata._continue;
  } while (_continue);
  assert.equal(names.length, 7);
  await core.deleteCollectionNamespacedConfigMap({ namespace, labelSelector: 'set=pages' });
  assert.equal((await core.listNamespacedConfigMap({ namespace, labelSelector: 'set=pages' })).items.length, 0);
}

async function watches() {
  const events = new EventEmitter();
  const seen = [];
  const request = await new k8s.Watch(config).watch(
    `/api/v1/namespaces/${namespace}/configmaps`,
    { labelSelector: 'set=watched' },
    (type, object) => {
      seen.push(`${type} ${object.metadata.name}`);
      events.emit('seen');
    },
    () => events.emit('ended'));
  const until = async (count) => {
    while (seen.length < count) await once(events, 'seen');
  };
  await core.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'watched', labels: { set: 'watched' } } } });
  await until(1);
  await core.patchNamespacedConfigMap({ namespace, name: 'watched', body: { data: { a: 'b' } } }, patchType(k8s.PatchStrategy.StrategicMergePatch));
  await until(2);
  await core.deleteNamespacedConfigMap({ namespace, name: 'watched' });
  await until(3);
  assert.deepEqual(seen, ['ADDED watched', 'MODIFIED watched', 'DELETED watched']);
  const ended = once(events, 'ended');
  request.abort();
  await ended;
}

async function informer() {
  const path = `/api/v1/namespaces/${namespace}/secrets`;
  await core.createNamespacedSecret({ namespace, body: { metadata: { name: 'early' }, stringData: { key: 'value' } } });
  const informed = k8s.makeInformer(config, path, () => core.listNamespacedSecret({ namespace }));
  const events = new EventEmitter();
  for (const verb of ['add', 'update', 'delete']) informed.on(verb, (object) => events.emit(`${verb} ${object.metadata.name}`, object));
  // Its own stop comes as an error too.
  informed.on('error', (error) => error.type === 'aborted' || events.emit('error', error));
  const early = once(events, 'add early');
  await informed.start();
  assert.equal(Buffer.from((await early)[0].data.key, 'base64').toString(), 'value');
  const late = once(events, 'add late');
  await core.createNamespacedSecret({ namespace, body: { metadata: { name: 'late' } } });
  await late;
  assert.ok(informed.get('late', namespace));
  const gone = once(events, 'delete early');
  await core.deleteNamespacedSecret({ namespace, name: 'early' });
  await gone;
  assert.equal(informed.get('early', namespace), undefined);
  await informed.stop();
}

async function genericObjects() {
  const objects = k8s.KubernetesObjectApi.makeApiClient(config);
  const manifests = k8s.loadAllYaml(`
apiVersion: v1
kind: ServiceAccount
metadata: { name: generic, namespace: ${namespace} }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: generic, namespace: ${namespace} }
spec:
  replicas: 2
  selector: { matchLabels: { app: generic } }
  template:
    metadata: { labels: { app: generic } }
    spec: { containers: [ { name: c, image: x } ] }
`);
  for (const manifest of manifests) assert.equal((await objects.create(manifest)).kind, manifest.kind);

  const applied = await objects.patch(
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'generic', namespace }, spec: { replicas: 3 } },
    undefined, undefined, 'js', true, k8s.PatchStrategy.ServerSideApply);
  assert.equal(applied.spec.replicas, 3);
  assert.ok(applied.metadata.managedFields.some((entry) => entry.manager === 'js' && entry.operation === 'Apply'));
  await assert.rejects(
    objects.patch({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'generic', namespace }, spec: { replicas: 4 } }, undefined, undefined, 'other', false, k8s.PatchStrategy.ServerSideApply),
    (error) => error.code === 409 && JSON.parse(error.body).details.causes[0].reason === 'FieldManagerConflict');

  const scale = await apps.readNamespacedDeploymentScale({ namespace, name: 'generic' });
  scale.spec.replicas = 1;
  assert.equal((await apps.replaceNamespacedDeploymentScale({ namespace, name: 'generic', body: scale })).spec.replicas, 1);
  assert.equal((await objects.list('apps/v1', 'Deployment', namespace)).items.length, 1);
  for (const manifest of manifests) await objects.delete(manifest);
}

async function customObjects() {
  const group = `${namespace}.example.com`;
  const definitions = config.makeApiClient(k8s.ApiextensionsV1Api);
  const name = `gadgets.${group}`;
  await definitions.createCustomResourceDefinition({
    body: {
      metadata: { name },
      spec: {
        group,
        scope: 'Namespaced',
        names: { plural: 'gadgets', singular: 'gadget', kind: 'Gadget' },
        versions: [{ name: 'v1', served: true, storage: true, subresources: { status: {} }, schema: { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties: { size: { type: 'integer', minimum: 1 } } }, status: { type: 'object', properties: { phase: { type: 'string' } } } } } } }],
      },
    },
  });
  const established = new EventEmitter();
  const request = await new k8s.Watch(config).watch('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', { fieldSelector: `metadata.name=${name}` }, (type, object) => {
    if (object.status?.conditions?.some((c) => c.type === 'Established' && c.status === 'True')) established.emit('yes');
  }, () => {});
  await once(established, 'yes');
  request.abort();

  const custom = config.makeApiClient(k8s.CustomObjectsApi);
  const at = { group, version: 'v1', namespace, plural: 'gadgets' };
  await custom.createNamespacedCustomObject({ ...at, body: { apiVersion: `${group}/v1`, kind: 'Gadget', metadata: { name: 'one' }, spec: { size: 1 } } });
  await assert.rejects(custom.createNamespacedCustomObject({ ...at, body: { apiVersion: `${group}/v1`, kind: 'Gadget', metadata: { name: 'two' }, spec: { size: 0 } } }), (error) => error.code === 422);
  await custom.patchNamespacedCustomObjectStatus({ ...at, name: 'one', body: { status: { phase: 'Ready' } } }, patchType(k8s.PatchStrategy.MergePatch));
  assert.equal((await custom.getNamespacedCustomObject({ ...at, name: 'one' })).status.phase, 'Ready');
  assert.equal((await custom.listNamespacedCustomObject(at)).items.length, 1);
  await definitions.deleteCustomResourceDefinition({ name });
}

for (const step of [typedObjects, pagedLists, watches, informer, genericObjects, customObjects]) {
  await step();
  console.log(`ok ${step.name}`);
}
console.log('done');
process.exit(0);
