"""Descriptions of interfaces: GraphQL and Protocol Buffers."""
