namespace Minik8s.Store.Etcd;

/// <summary>How the store of an etcd cluster is reached.</summary>
public sealed record EtcdStoreOptions
{
    /// <summary>The members' client addresses, <c>https://host:port</c> or <c>http://host:port</c>; another is tried when one fails.</summary>
    public required IReadOnlyList<Uri> Endpoints { get; init; }

    /// <summary>PEM file with the authorities of the members' certificates; null trusts the system's.</summary>
    public string? AuthorityFile { get; init; }

    /// <summary>PEM file with the client's certificate; null presents none. Read again for each connection, so that it can be renewed in place.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>PEM file with the key of <see cref="CertificateFile"/>.</summary>
    public string? KeyFile { get; init; }

    /// <summary>Stands before every key, so that several clusters can share one etcd.</summary>
    public string KeyPrefix { get; init; } = "";

    /// <summary>The clock of compaction and of the reuse of leases; etcd measures times to live by its own.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>How long a call may take, all tries together.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often one of the servers forgets the history that is older than this; null never does (Kubernetes: <c>--etcd-compaction-interval</c>).</summary>
    public TimeSpan? CompactionInterval { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The most events that wait for one watcher before it is cut off.</summary>
    public int WatcherBufferEvents { get; init; } = 16_384;

    /// <summary>The most bytes of events that wait for one watcher before it is cut off.</summary>
    public long WatcherBufferBytes { get; init; } = 8 << 20;
}
