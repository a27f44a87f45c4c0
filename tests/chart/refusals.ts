// Values that must be refused, and the words in which: each names the value, and where there is a way out, that too.

export type Refusal = { readonly set: string; readonly says: RegExp };

export const REFUSALS: readonly Refusal[] = [
  { set: "grups=3", says: /'grups' not allowed/ },
  { set: "replica.storage.sise=1Gi", says: /replica\/storage'.*'sise' not allowed/ },
  { set: "image.taag=1", says: /image'.*'taag' not allowed/ },
  { set: "replicas=4", says: /replicas is 4: an even number.*Use 3 or 5/ },
  { set: "replicas=2", says: /replicas is 2: an even number.*Use 1 or 3/ },
  { set: "controllers=4", says: /controllers is 4: an even number.*Use 3 or 5/ },
  { set: "replicas=0", says: /\/replicas'.*got 0, want 1/ },
  { set: "replicas=9", says: /\/replicas'.*got 9, want 7/ },
  { set: "controllers=7", says: /\/controllers'.*got 7, want 5/ },
  { set: "groups=0", says: /\/groups'.*got 0, want 1/ },
  { set: "groups=three", says: /\/groups'.*want integer/ },
  { set: "coordinators=0", says: /coordinators is 0 and workers is not.*Set both to 0/ },
  { set: "workers=-1", says: /\/workers'.*got -1, want 0/ },
  { set: "worker.slots=0", says: /\/worker\/slots'.*got 0, want 1/ },
  { set: "worker.folders[0].path=shared,worker.folders[0].claim=a", says: /\/worker\/folders\/0\/path'/ },
  { set: "worker.folders[0].path=/shared", says: /\/worker\/folders\/0'.*missing property 'claim'/ },
  { set: "worker.s3.endpoint=https://s3.example", says: /worker\.s3\.secretName is empty.*Name a Secret with accessKey and secretKey/ },
  { set: "worker.s3.secretName=keys", says: /worker\.s3\.endpoint is empty/ },
  { set: "worker.s3.endpoint=s3.example", says: /\/worker\/s3\/endpoint'/ },
  { set: "redisExternal.address=redis.example.com:6379", says: /\/redisExternal\/address'/ },
  { set: "redisExternal.address=redis-\\{group\\}-\\{ordinal\\}.example.com", says: /redisExternal\.address is .*no host:port/ },
  {
    set: "redisExternal.type=NodePort,redisExternal.address=\\{group\\}-\\{ordinal\\}.example.com:6379",
    says: /6379 is none between 30000 and 32767/,
  },
  { set: "coordinator.storage.size=1Gi", says: /coordinator'.*'storage' not allowed/ },
  { set: "networkPolicy.workersMayReach[0].form=x", says: /workersMayReach\/0'.*'form' not allowed/ },
  { set: "replica.storage.size=plenty", says: /\/replica\/storage\/size'.*plenty/ },
  { set: "replica.resources.requests.memory=much", says: /\/replica\/resources\/requests\/memory'/ },
  { set: "replica.env.log-level=debug", says: /propertyName 'log-level'/ },
  { set: "terminationGracePeriodSeconds=5", says: /terminationGracePeriodSeconds'.*got 5, want 20/ },
  { set: "persistentVolumeClaimRetention.whenDeleted=Keep", says: /whenDeleted'/ },
  { set: "image.tag=latest", says: /\/image\/tag'/ },
  { set: "image.registry=example.com", says: /\/image\/registry'/ },
  { set: "monitoring.customResources=yes", says: /customResources'.*'auto', 'always', 'never'/ },
  { set: "service.type=Balancer", says: /\/service\/type'/ },
  { set: "networkPolicy.clients[0].podSelectr.a=b", says: /networkPolicy\/clients\/0'.*'podSelectr' not allowed/ },
  { set: "replicaCount=3", says: /replicaCount is no value of this chart: use replicas instead/ },
  { set: "persistence.size=1Gi", says: /persistence is no value of this chart: use replica\.storage and controller\.storage instead/ },
  { set: "resources.limits.cpu=1", says: /resources is no value of this chart: use replica\.resources, controller\.resources/ },
];

/** A StatefulSet that a cluster might hold already, and what the chart says to it. `changed` is what differs from what it would make. */
export type ImmutableCase = { readonly name: string; readonly existing: unknown; readonly says: RegExp | null };

const claim = (spec: unknown): unknown => ({ spec: { serviceName: "flotilla-replica-1", volumeClaimTemplates: [{ spec }] } });

export const IMMUTABLE_CASES: readonly ImmutableCase[] = [
  { name: "nothing is there", existing: {}, says: null },
  { name: "the same", existing: claim({ resources: { requests: { storage: "2Gi" } } }), says: null },
  {
    name: "another size",
    existing: claim({ resources: { requests: { storage: "1Gi" } } }),
    says: /replica\.storage\.size can't be changed from 1Gi to 2Gi.*--cascade=orphan.*UPGRADING\.md/,
  },
  {
    name: "another class",
    existing: claim({ storageClassName: "slow", resources: { requests: { storage: "2Gi" } } }),
    says: /replica\.storage\.className can't be changed from slow to fast.*UPGRADING\.md/,
  },
  {
    name: "somebody else's",
    existing: { spec: { serviceName: "redis", volumeClaimTemplates: [] } },
    says: /belongs to the service redis.*Choose another release name/,
  },
];
