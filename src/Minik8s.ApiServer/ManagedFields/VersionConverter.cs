using System.Text.Json.Nodes;
using Minik8s.Api.Schemas;

namespace Minik8s.ApiServer.ManagedFields;

/// <summary>An object in some version of its kind, with that version's schema.</summary>
public sealed record VersionedObject(JsonObject Object, Schema Schema, string ApiVersion);

/// <summary>Brings an object into another version of its kind; null when that version is not served any more.</summary>
public delegate VersionedObject? VersionConverter(VersionedObject obj, string apiVersion);
