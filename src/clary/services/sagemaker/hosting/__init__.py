"""Models, endpoint configurations, endpoints, and the deployments that bring endpoints up."""
