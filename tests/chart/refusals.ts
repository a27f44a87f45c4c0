// Values that must be refused, and the words in which: each names the value, and where there is a way out, that too.

export type Refusal = { readonly set: string; readonly says: RegExp };

export const REFUSALS: readonly Refusal[] = [
  { set: "grups=3", says: /'grups' not allowed/ },
  { set: "enabled=false", says: /enabled is false, which only a chart that has this one as a part.*Leave it out/ },
  { set: "enabled=perhaps", says: /\/enabled'.*want boolean/ },
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
  { set: "chaos.folder=/shared", says: /chaos\.folder is \/shared, which is none of worker\.folders.*Use one of none/ },
  { set: "worker.s3.endpoint=https://s3.example", says: /worker\.s3\.secretName is empty.*Name a Secret with accessKey and secretKey/ },
  { set: "worker.s3.secretName=keys", says: /worker\.s3\.endpoint is empty/ },
  { set: "worker.s3.endpoint=s3.example", says: /\/worker\/s3\/endpoint'/ },
  { set: "backup.enabled=true", says: /backup\.to names no place.*backup\.to\.pvc\.size/ },
  { set: "backup.to.pvc.size=1Gi,backup.to.pvc.existingClaim=mine", says: /backups are on the volume of one claim/ },
  { set: "backup.to.pvc.size=1Gi,backup.to.s3.url=s3://bucket/some", says: /backups are in one place/ },
  { set: "backup.enabled=true,backup.to.s3.url=s3://bucket", says: /backup\.to\.s3\.endpoint is empty/ },
  { set: "restore.from=s3://bucket/some", says: /restore\.from is s3:\/\/bucket\/some and backup\.to\.s3\.endpoint is empty/ },
  { set: "restore.from=s3://bucket/some,backup.to.s3.endpoint=https://s3.example", says: /backup\.to\.s3\.secretName is empty/ },
  { set: "restore.from=/backups", says: /\/restore\/from'/ },
  { set: "restore.from=pvc://", says: /\/restore\/from'/ },
  { set: "backup.to.s3.url=https://bucket", says: /\/backup\/to\/s3\/url'/ },
  { set: "backup.schedule=daily", says: /\/backup\/schedule'/ },
  { set: "backup.keep=0", says: /\/backup\/keep'.*got 0, want 1/ },
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
  { set: "terminationGracePeriodSeconds=22", says: /terminationGracePeriodSeconds is 22: a replica goes on .* 3000 ms .*Use 23 or more/ },
  { set: "persistentVolumeClaimRetention.whenDeleted=Keep", says: /whenDeleted'/ },
  { set: "image.tag=latest", says: /\/image\/tag'/ },
  { set: "image.registry=example.com", says: /\/image\/registry'/ },
  { set: "monitoring.customResources=yes", says: /customResources'.*'auto', 'always', 'never'/ },
  {
    set: "monitoring.dashboards.enabled=false,monitoring.dashboards.grafanaOperator.customResources=auto",
    says: /grafanaOperator\.customResources is auto and monitoring\.dashboards\.enabled is not true.*Set enabled to true, or customResources to never/,
  },
  {
    set: "monitoring.dashboards.grafanaOperator.customResources=always,monitoring.dashboards.grafanaOperator.instances.dashboards=null",
    says: /grafanaOperator\.instances is empty.*Name labels/,
  },
  { set: "monitoring.dashboards.grafanaOperator.customResources=true", says: /\/grafanaOperator\/customResources'/ },
  { set: "service.type=Balancer", says: /\/service\/type'/ },
  { set: "networkPolicy.clients[0].podSelectr.a=b", says: /networkPolicy\/clients\/0'.*'podSelectr' not allowed/ },
  { set: "replicaCount=3", says: /replicaCount is no value of this chart: use replicas instead/ },
  { set: "persistence.size=1Gi", says: /persistence is no value of this chart: use replica\.storage and controller\.storage instead/ },
  { set: "storage.size=1Gi", says: /storage is no value of this chart: use replica\.storage and controller\.storage instead/ },
  {
    set: "serviceMonitor.enabled=true",
    says: /serviceMonitor is no value of this chart: use monitoring\.monitor and monitoring\.customResources instead/,
  },
  {
    set: "podMonitor.enabled=true",
    says: /podMonitor is no value of this chart: use monitoring\.monitor and monitoring\.customResources instead/,
  },
  { set: "monitoring.monitor=Probe", says: /\/monitoring\/monitor'.*'PodMonitor', 'ServiceMonitor'/ },
  { set: "metrics.enabled=true", says: /metrics is no value of this chart: use monitoring instead/ },
  {
    set: "persistentVolumeClaimRetentionPolicy.whenDeleted=Delete",
    says: /persistentVolumeClaimRetentionPolicy is no value of this chart: use persistentVolumeClaimRetention instead/,
  },
  { set: "image.digests.replica=sha256:12", says: /\/image\/digests\/replica'/ },
  { set: "image.digests.controller=", says: /image\/digests'.*'controller' not allowed/ },
  { set: "replica.updateStrategy.type=Recreate", says: /\/replica\/updateStrategy\/type'/ },
  { set: "replica.updateStrategy.maxUnavailable=2", says: /updateStrategy'.*'maxUnavailable' not allowed/ },
  {
    set: "controller.updateStrategy.type=OnDelete,controller.updateStrategy.partition=2",
    says: /controller\.updateStrategy\.partition is 2.*Set it to 0/,
  },
  { set: "replica.heapPercentage=95", says: /\/replica\/heapPercentage'.*got 95, want 90/ },
  { set: "worker.heapPercentage=50", says: /worker'.*'heapPercentage' not allowed/ },
  { set: "affinity.nodeAfinity.a=b", says: /affinity'.*'nodeAfinity' not allowed/ },
  { set: "replica.affinity.nodeAfinity.a=b", says: /replica\/affinity'.*'nodeAfinity' not allowed/ },
  { set: "worker.extraEnv[0].value=x", says: /\/worker\/extraEnv\/0'.*missing property 'name'/ },
  { set: "commonLabels.app\\.kubernetes\\.io/name=x", says: /propertyName 'app\.kubernetes\.io\/name'/ },
  { set: "extraObjects=x", says: /\/extraObjects'.*want array/ },
  { set: "service.nodePorts.http=30740", says: /service\.nodePorts\.http is 30740, and service\.type is ClusterIP.*Set it to 0/ },
  { set: "service.type=NodePort,service.nodePorts.http=80", says: /\/service\/nodePorts\/http'.*got 80, want 30,000/s },
  {
    set: "service.type=NodePort,service.nodePorts.http=30740,service.nodePorts.redis=30740",
    says: /service\.nodePorts\.http and service\.nodePorts\.redis are both 30740/,
  },
  { set: "fullnameOverride=My_Name", says: /\/fullnameOverride'.*My_Name/ },
  { set: "nameOverride=Bad_Name", says: /\/nameOverride'.*Bad_Name/ },
  {
    set: "groups=10,redisExternal.type=NodePort,redisExternal.address=node.example.com:31\\{group\\}0\\{ordinal\\}",
    says: /for replica 0 of group 10 it is node\.example\.com:311000/,
  },
  {
    set: "groups=8,redisExternal.type=NodePort,redisExternal.address=node.example.com:32\\{group\\}0\\{ordinal\\}",
    says: /for replica 0 of group 8 32800 is none between 30000 and 32767/,
  },
  {
    set: "redisExternal.type=NodePort,redisExternal.address=node-\\{group\\}.example.com:3110\\{ordinal\\}",
    says: /31100 is that of replica 0 of group 1 and of replica 0 of group 2/,
  },
  {
    set: "worker.folders[0].path=/data,worker.folders[0].claim=a",
    says: /worker\.folders\[0\]\.path is \/data, which the pod has already/,
  },
  { set: "worker.folders[0].path=/tmp/,worker.folders[0].claim=a", says: /worker\.folders\[0\]\.path is \/tmp, which the pod has already/ },
  { set: "replica.extraVolumes[0].name=tmp", says: /replica\.extraVolumes\[0\]\.name is tmp, which the pod has already/ },
  { set: "controller.extraVolumes[0].name=data", says: /controller\.extraVolumes\[0\]\.name is data, which the pod has already/ },
  {
    set: "coordinator.extraVolumeMounts[0].name=a,coordinator.extraVolumeMounts[0].mountPath=/tmp",
    says: /coordinator\.extraVolumeMounts\[0\]\.mountPath is \/tmp, which the pod has already/,
  },
  { set: "worker.extraVolumeMounts[0].name=a", says: /\/worker\/extraVolumeMounts\/0'.*missing property 'mountPath'/ },
  {
    set: "replica.resources.requests.memory=2Gi",
    says: /replica\.resources\.requests\.memory is 2Gi, more than the limit of 512Mi\. Raise replica\.resources\.limits\.memory/,
  },
  { set: "worker.resources.limits.cpu=0.05", says: /worker\.resources\.requests\.cpu is 100m, more than the limit of 0\.05/ },
  {
    set: "replica.diagnosticMode=true",
    says: /replica\.diagnosticMode is true and replica\.updateStrategy\.type is not OnDelete.*Set replica\.updateStrategy\.type to OnDelete/,
  },
  { set: "controller.diagnosticMode=true,replica.updateStrategy.type=OnDelete", says: /controller\.diagnosticMode is true/ },
  { set: "worker.diagnosticMode=yes", says: /\/worker\/diagnosticMode'.*want boolean/ },
  { set: "replica.podTemplate.specs.hostname=a", says: /\/replica\/podTemplate'.*'specs' not allowed/ },
  { set: "worker.podTemplate.metadata.labels.app\\.kubernetes\\.io/name=x", says: /propertyName 'app\.kubernetes\.io\/name'/ },
  {
    set: "coordinator.podTemplate.spec.containers[0].image=shipper:1.0.0",
    says: /\/coordinator\/podTemplate\/spec\/containers\/0'.*missing property 'name'/,
  },
  {
    set: "worker.podTemplate.spec.containers[0].name=replica",
    says: /worker\.podTemplate\.spec\.containers has replica, which has no image.*that is called worker\. Use its name, or give it an image/,
  },
  { set: "toolbox.replicas=2", says: /\/toolbox'.*'replicas' not allowed/ },
  { set: "toolbox.enabled=yes", says: /\/toolbox\/enabled'.*want boolean/ },
  { set: "toolbox.resources.requests.memory=1Gi", says: /toolbox\.resources\.requests\.memory is 1Gi, more than the limit of 512Mi/ },
  { set: "commonLabels.a=b c", says: /\/commonLabels\/a'.*b c/ },
  { set: "resources.limits.cpu=1", says: /resources is no value of this chart: use replica\.resources, controller\.resources/ },
];

/**
 * A StatefulSet that a cluster might hold already, and what the chart says to it. Wanted are 2Gi, of the class `fast` unless another is
 * named, for three members.
 */
export type ImmutableCase = {
  readonly name: string;
  readonly existing: unknown;
  readonly says: RegExp | null;
  readonly className?: string;
  /** Of which it is a set: replica, if none is named. */
  readonly component?: "replica" | "controller";
  /** As after --set. */
  readonly set?: string;
};

const resources = { requests: { storage: "2Gi" } };
const existing = (claim: unknown, others: Readonly<Record<string, unknown>> = {}): unknown => ({
  spec: { serviceName: "flotilla-replica-1", replicas: 3, volumeClaimTemplates: [{ spec: claim }], ...others },
});
const AS_WANTED = { storageClassName: "fast", resources };
const NAMED = { selector: { matchLabels: { "app.kubernetes.io/name": "flotilla" } } };

export const IMMUTABLE_CASES: readonly ImmutableCase[] = [
  { name: "nothing is there", existing: {}, says: null },
  { name: "the same", existing: existing(AS_WANTED, NAMED), says: null },
  {
    name: "the same size in other words",
    existing: existing({ storageClassName: "fast", resources: { requests: { storage: "2048Mi" } } }),
    says: null,
  },
  {
    name: "another size",
    existing: existing({ resources: { requests: { storage: "1Gi" } } }),
    says: /replica\.storage\.size can't be changed from 1Gi to 2Gi.*--cascade=orphan.*UPGRADING\.md/,
  },
  {
    name: "another class",
    existing: existing({ storageClassName: "slow", resources }),
    says: /replica\.storage\.className can't be changed from "slow" to "fast".*UPGRADING\.md/,
  },
  {
    name: "a class where there was none",
    existing: existing({ resources }),
    says: /replica\.storage\.className can't be changed from "" to "fast".*UPGRADING\.md/,
  },
  {
    name: "no class where there was one",
    existing: existing({ storageClassName: "slow", resources }),
    className: "",
    says: /replica\.storage\.className can't be changed from "slow" to "".*UPGRADING\.md/,
  },
  {
    name: "another nameOverride",
    existing: existing(AS_WANTED, NAMED),
    set: "nameOverride=store,fullnameOverride=flotilla",
    says: /nameOverride can't be changed: .* by the name flotilla, not store\. Set nameOverride=flotilla/,
  },
  {
    name: "fewer controllers",
    existing: existing(AS_WANTED, { serviceName: "flotilla-replica-1", replicas: 5 }),
    component: "controller",
    says: /controllers can't be lowered from 5 to 3.*Keep controllers=5.*UPGRADING\.md/,
  },
  { name: "more controllers", existing: existing(AS_WANTED, { replicas: 1 }), component: "controller", says: null },
  { name: "fewer replicas, with hooks", existing: existing(AS_WANTED, { replicas: 7 }), says: null },
  {
    name: "fewer replicas without hooks, and still a majority",
    existing: existing(AS_WANTED, { replicas: 5 }),
    set: "hooks.enabled=false",
    says: null,
  },
  {
    name: "fewer replicas without hooks, and no majority",
    existing: existing(AS_WANTED, { replicas: 7 }),
    set: "hooks.enabled=false",
    says: /replicas can't be lowered from 7 to 3 without hooks.*flotilla topology set --replicas 3.*hooks\.force=true/,
  },
  {
    name: "fewer replicas without hooks, as somebody insists",
    existing: existing(AS_WANTED, { replicas: 7 }),
    set: "hooks.enabled=false,hooks.force=true",
    says: null,
  },
  {
    name: "somebody else's",
    existing: { spec: { serviceName: "redis", volumeClaimTemplates: [] } },
    says: /belongs to the service redis.*Choose another release name/,
  },
];

/** The name of a release's controllers as they are, what is set, and what the chart says. */
export type NameCase = { readonly present: string; readonly set: string; readonly release?: string; readonly says: RegExp | null };

export const NAME_CASES: readonly NameCase[] = [
  { present: "flotilla-controller", set: "groups=1", says: null },
  { present: "flotilla-controller", set: "nameOverride=flotilla", says: null },
  { present: "other-controller", set: "groups=1", release: "other", says: null },
  {
    present: "flotilla-controller",
    set: "fullnameOverride=store",
    says: /flotilla becomes store.*Set fullnameOverride=flotilla.*UPGRADING\.md/,
  },
  { present: "flotilla-controller", set: "nameOverride=store", says: /flotilla becomes flotilla-store.*Set fullnameOverride=flotilla/ },
  { present: "store-controller", set: "groups=1", says: /store becomes flotilla.*Set fullnameOverride=store/ },
];
